package history

// FirstSchema makes the tables of the first version in PostgreSQL, and says so.
var FirstSchema = postgresDialect.words.Replace(schemaV1) + "CREATE TABLE tlsaudit_version (version BIGINT NOT NULL); INSERT INTO tlsaudit_version VALUES (1);"
