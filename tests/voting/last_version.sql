BEGIN TRANSACTION;
CREATE TABLE calls (
	id VARCHAR(32) NOT NULL, 
	job VARCHAR(64) NOT NULL, 
	judge VARCHAR(32) NOT NULL, 
	question VARCHAR(32) NOT NULL, 
	reserved FLOAT NOT NULL, 
	paid FLOAT, 
	began FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE comparisons (
	panel VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	prompt TEXT NOT NULL, 
	slice TEXT NOT NULL, 
	baseline TEXT NOT NULL, 
	candidate TEXT NOT NULL, 
	verdict VARCHAR(16) NOT NULL, 
	baseline_cut BOOLEAN NOT NULL, 
	candidate_cut BOOLEAN NOT NULL, 
	PRIMARY KEY (panel, id)
);
INSERT INTO "comparisons" VALUES('133ab6f04b519b4a','c1375ab876c8f53e',0,'Question 0?','a','before 0','after 0','',0,0);
INSERT INTO "comparisons" VALUES('133ab6f04b519b4a','e8b05660167d23af',1,'Question 1?','b','before 1','after 1','',0,0);
INSERT INTO "comparisons" VALUES('133ab6f04b519b4a','7ad1a65c4af371b6',2,'Question 2?','a','before 2','after 2','',0,0);
INSERT INTO "comparisons" VALUES('133ab6f04b519b4a','84478e8c1062b396',3,'Question 3?','b','before 3','after 3','',0,0);
INSERT INTO "comparisons" VALUES('133ab6f04b519b4a','a3a6e7ed15b94443',4,'Question 4?','a','before 4','after 4','',0,0);
INSERT INTO "comparisons" VALUES('133ab6f04b519b4a','36b066b858420d63',5,'Question 5?','b','before 5','after 5','',0,0);
INSERT INTO "comparisons" VALUES('133ab6f04b519b4a','61233b961d49df10',6,'Same?','a','x','x ','identical',0,0);
CREATE TABLE events (
	number INTEGER NOT NULL, 
	panel VARCHAR(32) NOT NULL, 
	rater VARCHAR(64) NOT NULL, 
	comparison VARCHAR(32) NOT NULL, 
	revision INTEGER NOT NULL, 
	choice VARCHAR(8), 
	both_bad BOOLEAN NOT NULL, 
	time FLOAT NOT NULL, 
	act VARCHAR(8) NOT NULL, 
	reason TEXT NOT NULL, 
	tags JSON NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (panel, rater, comparison, revision)
);
INSERT INTO "events" VALUES(1,'133ab6f04b519b4a','Ann','7ad1a65c4af371b6',0,'left',0,1.79571243599955248835e+09,'vote','','[]');
INSERT INTO "events" VALUES(2,'133ab6f04b519b4a','Ann','36b066b858420d63',0,'right',0,1.79571243602357912059e+09,'vote','','["wrong"]');
INSERT INTO "events" VALUES(3,'133ab6f04b519b4a','Ann','a3a6e7ed15b94443',0,'tie',0,1.79571243603309679036e+09,'vote','because','[]');
INSERT INTO "events" VALUES(4,'133ab6f04b519b4a','Ann','84478e8c1062b396',0,'left',0,1.79571243605149817468e+09,'vote','','[]');
INSERT INTO "events" VALUES(5,'133ab6f04b519b4a','Ann','c1375ab876c8f53e',0,'left',0,1.79571243608501124374e+09,'vote','','[]');
INSERT INTO "events" VALUES(6,'133ab6f04b519b4a','Ann','e8b05660167d23af',0,'right',0,1.79571243610915756228e+09,'vote','','["wrong"]');
INSERT INTO "events" VALUES(7,'133ab6f04b519b4a','Ben','36b066b858420d63',0,'right',0,1.7957124361385803223e+09,'vote','','["wrong"]');
INSERT INTO "events" VALUES(8,'133ab6f04b519b4a','Ben','7ad1a65c4af371b6',0,'right',0,1.79571243619086742403e+09,'vote','','["wrong"]');
INSERT INTO "events" VALUES(9,'133ab6f04b519b4a','Ben','e8b05660167d23af',0,'tie',0,1.79571243623324036599e+09,'vote','because','[]');
INSERT INTO "events" VALUES(10,'133ab6f04b519b4a','Ben','c1375ab876c8f53e',0,'left',0,1.79571243625979185109e+09,'vote','','[]');
INSERT INTO "events" VALUES(11,'133ab6f04b519b4a','Ben','c1375ab876c8f53e',1,NULL,0,1.79571243627113938338e+09,'undo','','[]');
CREATE TABLE invitations (
	token VARCHAR(64) NOT NULL, 
	panel VARCHAR(32) NOT NULL, 
	rater VARCHAR(64) NOT NULL, 
	created FLOAT NOT NULL, 
	revoked FLOAT, 
	expires FLOAT, 
	seat VARCHAR(32) NOT NULL, 
	single BOOLEAN NOT NULL, 
	browser VARCHAR(64), 
	PRIMARY KEY (token)
);
INSERT INTO "invitations" VALUES('a1daf4b6945313a962dc65423a1be3a1b92b4735b8661b45b4777d2481e6affc','133ab6f04b519b4a','Ann',1.7957124362828416824e+09,NULL,NULL,'2fa274134aef9647',0,NULL);
CREATE TABLE judges (
	id VARCHAR(32) NOT NULL, 
	record JSON NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE opinions (
	judge VARCHAR(32) NOT NULL, 
	question VARCHAR(32) NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	reply TEXT NOT NULL, 
	tokens_in INTEGER NOT NULL, 
	tokens_out INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	preference FLOAT, 
	PRIMARY KEY (judge, question)
);
CREATE TABLE owner (
	id INTEGER NOT NULL, 
	salt VARCHAR(64) NOT NULL, 
	hash VARCHAR(128) NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE panels (
	id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	baseline TEXT NOT NULL, 
	candidate TEXT NOT NULL, 
	rubric TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	pool INTEGER NOT NULL, 
	seed INTEGER NOT NULL, 
	raters JSON NOT NULL, 
	overlap INTEGER, 
	sealed BOOLEAN NOT NULL, 
	repeats INTEGER NOT NULL, 
	tags JSON NOT NULL, 
	title TEXT NOT NULL, 
	secret VARCHAR(64) NOT NULL, 
	released FLOAT, 
	PRIMARY KEY (id)
);
INSERT INTO "panels" VALUES('133ab6f04b519b4a','last version','base','tuned','Which is of more help?',1.79571243592920923226e+09,7,3,'["Ann", "Ben"]',NULL,1,0,'["wrong"]','last version','30342526f13f0b9cf4f12d2a907c8cade74e63112db82015db9cf65768b4582b',NULL);
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(5);
CREATE TABLE shown (
	panel VARCHAR(32) NOT NULL, 
	rater VARCHAR(64) NOT NULL, 
	comparison VARCHAR(32) NOT NULL, 
	showing VARCHAR(32) NOT NULL, 
	place INTEGER NOT NULL, 
	candidate_left BOOLEAN NOT NULL, 
	pair VARCHAR(32) NOT NULL, 
	repeat INTEGER NOT NULL, 
	shown_at FLOAT, 
	PRIMARY KEY (panel, rater, comparison)
);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ann','7ad1a65c4af371b6','250336f1574aa25124b2e93651fcb90b',0,0,'7ad1a65c4af371b6',0,1.79571243599736571306e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ann','36b066b858420d63','8e3cc9ce7e66a35e8d2b1d833f1dbeea',1,1,'36b066b858420d63',0,1.79571243601625013348e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ann','a3a6e7ed15b94443','1f329d6d73920fdca8f78d6d8dad34e4',2,1,'a3a6e7ed15b94443',0,1.79571243602704024317e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ann','84478e8c1062b396','f8729f2b7017ebd57ced52d838bfffb9',3,1,'84478e8c1062b396',0,1.79571243603922557838e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ann','c1375ab876c8f53e','922a5348d4f45950694d5a24e3253413',4,0,'c1375ab876c8f53e',0,1.79571243607560801502e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ann','e8b05660167d23af','ebf5a6615cfca58cf146ded8368d8454',5,0,'e8b05660167d23af',0,1.79571243609857630731e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ben','36b066b858420d63','f7c88622d6ededad0ab71b4c66fd1226',0,0,'36b066b858420d63',0,1.79571243611629295352e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ben','7ad1a65c4af371b6','398dd694c3e056228e5ba8a6be302f06',1,1,'7ad1a65c4af371b6',0,1.79571243615945363046e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ben','e8b05660167d23af','c23bd091e34b9c95d5ad523508669ee0',2,1,'e8b05660167d23af',0,1.79571243621549654005e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ben','c1375ab876c8f53e','f01d315986a05a15269d5bfe64bd8479',3,0,'c1375ab876c8f53e',0,1.79571243625734210018e+09);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ben','84478e8c1062b396','705a5ad1b6ba71b96ad55cd6d1f0a3b2',4,0,'84478e8c1062b396',0,NULL);
INSERT INTO "shown" VALUES('133ab6f04b519b4a','Ben','a3a6e7ed15b94443','f36b678b960d179514cef6289d23e59f',5,1,'a3a6e7ed15b94443',0,NULL);
CREATE TABLE signed_in (
	token VARCHAR(64) NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (token)
);
CREATE INDEX ix_events_panel ON events (panel);
CREATE INDEX ix_invitations_seat ON invitations (seat);
COMMIT;
