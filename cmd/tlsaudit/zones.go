package main

// The zones of schedules, for machines and containers that have no database of
// their own. Where one is installed, that one is used, as it may be newer.
import _ "time/tzdata"
