CREATE TABLE comparisons (
    panel VARCHAR(32) NOT NULL, id VARCHAR(32) NOT NULL, position INTEGER NOT NULL, prompt TEXT NOT NULL, slice TEXT NOT NULL,
    baseline TEXT NOT NULL, candidate TEXT NOT NULL, verdict VARCHAR(16) NOT NULL,
    baseline_cut BOOLEAN NOT NULL, candidate_cut BOOLEAN NOT NULL, PRIMARY KEY (panel, id)
);
CREATE TABLE events (
    number {number}, panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, comparison VARCHAR(32) NOT NULL,
    revision INTEGER NOT NULL, choice VARCHAR(8), both_bad BOOLEAN NOT NULL, time FLOAT NOT NULL, act VARCHAR(8) NOT NULL,
    reason TEXT NOT NULL, tags JSON NOT NULL,
    marked BOOLEAN NOT NULL, strength VARCHAR(8), second VARCHAR(8), PRIMARY KEY (number), UNIQUE (panel, rater, comparison, revision)
);
CREATE INDEX ix_events_panel ON events (panel);
CREATE TABLE invitations (
    token VARCHAR(64) NOT NULL, panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, created FLOAT NOT NULL, revoked FLOAT,
    expires FLOAT, seat VARCHAR(32) NOT NULL, single BOOLEAN NOT NULL, browser VARCHAR(64), PRIMARY KEY (token)
);
CREATE INDEX ix_invitations_seat ON invitations (seat);
CREATE TABLE signed_in (token VARCHAR(64) NOT NULL, created FLOAT NOT NULL, PRIMARY KEY (token));
CREATE TABLE owner (id INTEGER NOT NULL, salt VARCHAR(64) NOT NULL, hash VARCHAR(128) NOT NULL, PRIMARY KEY (id));
CREATE TABLE panels (
    id VARCHAR(32) NOT NULL, name TEXT NOT NULL, baseline TEXT NOT NULL, candidate TEXT NOT NULL, rubric TEXT NOT NULL,
    created FLOAT NOT NULL, pool INTEGER NOT NULL, seed INTEGER NOT NULL, raters JSON NOT NULL, overlap INTEGER,
    sealed BOOLEAN NOT NULL, repeats INTEGER NOT NULL, tags JSON NOT NULL, title TEXT NOT NULL,
    secret VARCHAR(64) NOT NULL, released FLOAT, margin FLOAT, example BOOLEAN NOT NULL, guideline TEXT NOT NULL,
    second_rubric TEXT NOT NULL, strength BOOLEAN NOT NULL, differences BOOLEAN NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE practice (
    panel VARCHAR(32) NOT NULL, place INTEGER NOT NULL, prompt TEXT NOT NULL, left_answer TEXT NOT NULL, right_answer TEXT NOT NULL,
    choice VARCHAR(8) NOT NULL, both_bad BOOLEAN NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (panel, place)
);
CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE shown (
    panel VARCHAR(32) NOT NULL, rater VARCHAR(64) NOT NULL, comparison VARCHAR(32) NOT NULL, showing VARCHAR(32) NOT NULL, place INTEGER NOT NULL,
    candidate_left BOOLEAN NOT NULL, pair VARCHAR(32) NOT NULL, repeat INTEGER NOT NULL, shown_at FLOAT,
    PRIMARY KEY (panel, rater, comparison)
);
CREATE TABLE calls (
    id VARCHAR(32) NOT NULL, job VARCHAR(64) NOT NULL, judge VARCHAR(32) NOT NULL, question VARCHAR(32) NOT NULL,
    reserved FLOAT NOT NULL, paid FLOAT, began FLOAT NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE judges (id VARCHAR(32) NOT NULL, record JSON NOT NULL, created FLOAT NOT NULL, PRIMARY KEY (id));
CREATE TABLE opinions (
    judge VARCHAR(32) NOT NULL, question VARCHAR(32) NOT NULL, outcome VARCHAR(16) NOT NULL, reply TEXT NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, time FLOAT NOT NULL, preference FLOAT, PRIMARY KEY (judge, question)
);
INSERT INTO schema_version VALUES (8);
INSERT INTO panels VALUES ('p', 'old panel', 'base', 'tuned', 'Which?', 1.5, 5, 0, '[]', NULL, false, 0, '[]', '',
    '5f0e2b6f9f3b4a9b8d1c7e6a5d4c3b2a', NULL, 0.05, false, '', '', false, false);
INSERT INTO comparisons VALUES
    ('p', 'c0', 0, 'zero?', 'a', 'before', 'after', '', false, false),
    ('p', 'c1', 1, 'one?', 'b', 'before', '', '', false, true),
    ('p', 'c2', 2, 'two?', '', 'before', 'after', '', false, false),
    ('p', 'c3', 3, 'three?', '', 'x', 'x ', 'identical', false, false),
    ('p', 'c4', 4, 'four?', '', ' ', '', 'both empty', false, false);
INSERT INTO shown VALUES
    ('p', 'Ann', 'c2', '8b4e0c8f3f1d4f6ca1b2d3e4f5061728', 0, true, 'c2', 0, NULL),
    ('p', 'Ann', 'c0', '1f2e3d4c5b6a79880716253443526170', 3, false, 'c0', 0, NULL),
    ('p', 'Ann', 'c1', 'd0c1b2a3948576670f1e2d3c4b5a6978', 2, true, 'c1', 0, NULL);
INSERT INTO events (panel, rater, comparison, revision, choice, both_bad, time, act, reason, tags, marked) VALUES
    ('p', 'Ann', 'c2', 0, 'left', false, 2.0, 'vote', '', '[]', false), ('p', 'Ann', 'c1', 0, 'tie', true, 3.0, 'vote', '', '[]', false),
    ('p', 'Ann', 'c1', 1, NULL, false, 4.0, 'undo', '', '[]', false), ('p', 'Ann', 'c1', 2, 'right', false, 5.0, 'vote', '', '[]', false);
INSERT INTO invitations VALUES ('32a874d0de517cc378e022663c4975c070f83d7ce247acbdba34eeb57f963516', 'p', 'Ann', 1.5, NULL,
    NULL, '9c56cc51b374c3ba189210d5b6d4bf57', false, NULL);
INSERT INTO judges VALUES ('j', '{"kind": "imported", "annotator": "theirs"}', 1.5);
INSERT INTO opinions VALUES ('j', 'q', 'second', 'B', 0, 0, 1.5, NULL)
