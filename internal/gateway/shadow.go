package gateway

// shadow is what leaves a row nothing: rows before it, or rows of which it is
// not known whether they are, since they have the same priority.
type shadow struct{ sure, possible []int }

// shadows looks for the rows that are never reached.
func shadows(rows []Row) []shadow {
	list := make([]shadow, len(rows))
	groups, tied := priorities(rows)
	for i, by := range shadowed(rows, groups) {
		list[i].sure = by
	}
	if !tied {
		return list
	}
	// of rows with the same priority each may come first
	var forth, back [][]int
	for _, g := range groups {
		for k := range g {
			forth, back = append(forth, g[k:k+1]), append(back, g[len(g)-1-k:][:1])
		}
	}
	for _, order := range [][][]int{forth, back} {
		for i, by := range shadowed(rows, order) {
			if list[i].sure == nil && list[i].possible == nil {
				list[i].possible = by
			}
		}
	}
	return list
}

// priorities groups the rows that are looked up at the same time; tied says
// that some group has several.
func priorities(rows []Row) (groups [][]int, tied bool) {
	for i := range rows {
		if n := len(groups); n > 0 {
			last := &rows[groups[n-1][0]]
			if r := &rows[i]; r.Direction == last.Direction && r.Source == last.Source && r.Priority == last.Priority {
				groups[n-1], tied = append(groups[n-1], i), true
				continue
			}
		}
		groups = append(groups, []int{i})
	}
	return groups, tied
}

// shadowed returns for every row the rows of the groups before its own that
// take all it could.
func shadowed(rows []Row, groups [][]int) [][]int {
	list := make([][]int, len(rows))
	taken := map[[2]string]*cover{}
	of := func(r *Row) *cover {
		k := [2]string{r.Direction, r.Ruleset}
		if taken[k] == nil {
			taken[k] = newCover()
		}
		return taken[k]
	}
	for _, g := range groups {
		for _, i := range g {
			if r := &rows[i]; !r.Disabled {
				list[i] = of(r).by(&r.Match)
			}
		}
		for _, i := range g {
			if r := &rows[i]; !r.Disabled {
				of(r).add(i, &r.Match)
			}
		}
	}
	return list
}
