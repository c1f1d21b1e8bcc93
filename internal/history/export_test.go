package history

// FirstSchema makes the tables of the first version in PostgreSQL, and says so.
var FirstSchema = postgresDialect.words.Replace(schemaV1) + "CREATE TABLE tlsaudit_version (version BIGINT NOT NULL); INSERT INTO tlsaudit_version VALUES (1);"

// Capitals are the characters that are looked for beside those of a text.
func Capitals(words string) (list []rune) {
	for _, c := range capitals(words) {
		list = append(list, c.capital)
	}
	return list
}

// Unsaid counts the subjects that were hidden.
var Unsaid = unsaid
