package engine

import (
	"net/netip"
	"reflect"
	"strings"
	"time"

	"tlsaudit/audit"
)

// fill sets every exported field reachable from v to something other than
// zero, so that a field lost on the way through JSON shows.
func fill(v reflect.Value, n *int) {
	*n++
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = noon.Add(time.Duration(*n) * time.Second)
		return
	case *netip.Addr:
		*p = netip.MustParseAddr("2001:db8::1")
		return
	case *netip.AddrPort:
		*p = netip.MustParseAddrPort("192.0.2.1:443")
		return
	case *audit.Answer:
		*p = audit.Latent
		return
	case *audit.Version:
		*p = audit.TLSv11
		return
	case *audit.Reach:
		*p = audit.ReachNoTLS
		return
	case *audit.LookupOutcome:
		*p = audit.LookupNoData
		return
	case *audit.Preference:
		*p = audit.PreferenceClient
		return
	case *audit.SametimeVerdict:
		*p = audit.SametimeBoth
		return
	case *audit.Level:
		*p = audit.ShouldNot
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(strings.Repeat("é<\x01>", *n%3+1))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n%3 + 1))
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	default:
		panic("fill: no value for " + v.Type().String())
	}
}
