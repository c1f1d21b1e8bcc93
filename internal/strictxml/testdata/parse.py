"""Prints for the files of a folder whether expat takes them, one line each."""
import os
import sys
from xml.parsers import expat

i = 0
while os.path.exists(path := os.path.join(sys.argv[1], str(i))):
    parser = expat.ParserCreate(namespace_separator="|")
    try:
        with open(path, "rb") as f:
            parser.ParseFile(f)
        print("ok")
    except expat.ExpatError as e:
        print("no", e)
    except Exception as e:  # an encoding Python does not know
        print("no", type(e).__name__)
    i += 1
