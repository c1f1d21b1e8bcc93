package cipherstring

import "errors"

func errorIs(err, target error) bool { return errors.Is(err, target) }

func errorAs(err error, target **Error) bool { return errors.As(err, target) }
