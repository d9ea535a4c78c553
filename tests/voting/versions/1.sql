CREATE TABLE comparisons (
    panel VARCHAR(32) NOT NULL, id VARCHAR(32) NOT NULL, position INTEGER NOT NULL, prompt TEXT NOT NULL, slice TEXT NOT NULL,
    baseline TEXT NOT NULL, candidate TEXT NOT NULL, same BOOLEAN NOT NULL, PRIMARY KEY (panel, id)
);
CREATE TABLE events (
    number {number}, panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, comparison VARCHAR(32) NOT NULL,
    revision INTEGER NOT NULL, choice VARCHAR(8), both_bad BOOLEAN NOT NULL, time FLOAT NOT NULL, PRIMARY KEY (number),
    UNIQUE (panel, rater, comparison, revision)
);
CREATE INDEX ix_events_panel ON events (panel);
CREATE TABLE panels (
    id VARCHAR(32) NOT NULL, name TEXT NOT NULL, baseline TEXT NOT NULL, candidate TEXT NOT NULL, rubric TEXT NOT NULL,
    created FLOAT NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE shown (
    panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, comparison VARCHAR(32) NOT NULL, place INTEGER NOT NULL,
    candidate_left BOOLEAN NOT NULL, PRIMARY KEY (panel, rater, comparison)
);
INSERT INTO schema_version VALUES (1);
INSERT INTO panels VALUES ('p', 'old panel', 'base', 'tuned', 'Which?', 1.5);
INSERT INTO comparisons VALUES
    ('p', 'c0', 0, 'zero?', 'a', 'before', 'after', false), ('p', 'c1', 1, 'one?', 'b', 'before', '', false),
    ('p', 'c2', 2, 'two?', '', 'before', 'after', false), ('p', 'c3', 3, 'three?', '', 'x', 'x ', true),
    ('p', 'c4', 4, 'four?', '', ' ', '', true);
INSERT INTO shown VALUES ('p', 'Ann', 'c2', 0, true), ('p', 'Ann', 'c0', 3, false), ('p', 'Ann', 'c1', 2, true);
INSERT INTO events (panel, rater, comparison, revision, choice, both_bad, time) VALUES
    ('p', 'Ann', 'c2', 0, 'left', false, 2.0), ('p', 'Ann', 'c1', 0, 'tie', true, 3.0), ('p', 'Ann', 'c1', 1, NULL, false, 4.0),
    ('p', 'Ann', 'c1', 2, 'right', false, 5.0)
