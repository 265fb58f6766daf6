-- The subject of the tokens by which a person signs in; null for agents of API keys.
ALTER TABLE agent ADD COLUMN subject text COLLATE "C";
CREATE UNIQUE INDEX agent_subject_key ON agent (workspace_id, subject);
