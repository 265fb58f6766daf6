-- The log of contacts: who follows it misses no change. Its revision is the contacts_revision of the workspace, which
-- counts creations too from now on. contacts_etag is the revision of the latest other change: a new contact changes no
-- response about a board.
ALTER TABLE workspace ADD COLUMN contacts_etag bigint NOT NULL DEFAULT 0;
UPDATE workspace SET contacts_etag = contacts_revision;
DROP TRIGGER IF EXISTS contacts_revision_update ON contact;
DROP TRIGGER IF EXISTS contacts_revision_delete ON contact;
DROP FUNCTION IF EXISTS bump_contacts_revision();

-- One row for each change of a contact. A writer holds the lock of the workspace's row until it commits, so revisions
-- have no gaps and their order is the commit order.
CREATE TABLE contact_change (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  revision     bigint NOT NULL,
  n            bigint NOT NULL DEFAULT next_change(),
  contact_id   text COLLATE "C" NOT NULL,
  action       text COLLATE "C" NOT NULL CHECK (action IN ('CREATED', 'UPDATED', 'MERGED', 'DELETED')),
  agent_id     text COLLATE "C",
  at           timestamptz(3) NOT NULL,
  before       jsonb NOT NULL,
  after        jsonb NOT NULL,
  PRIMARY KEY (workspace_id, revision, n)
);
CREATE INDEX contact_change_contact_idx ON contact_change (workspace_id, contact_id, revision, n);

-- The log begins with the contacts that exist.
INSERT INTO contact_change (workspace_id, revision, contact_id, action, at, before, after)
SELECT c.workspace_id, w.contacts_revision, c.id, 'CREATED', c.created_at, '{}',
  jsonb_build_object('name', c.name, 'phone', c.phone, 'email', c.email, 'created_at', c.created_at)
FROM contact c JOIN workspace w ON w.id = c.workspace_id ORDER BY c.workspace_id, c.created_at, c.id;

-- Ids of contacts that were merged into another one, which they stand for. Their phone number and e-mail address still
-- find it.
CREATE TABLE merged_contact (
  workspace_id text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  contact_id   text COLLATE "C" NOT NULL,
  phone        text,
  email        text,
  merged_at    timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contact (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX merged_contact_contact_idx ON merged_contact (workspace_id, contact_id, merged_at, id);

CREATE INDEX contact_updated_at_idx ON contact (workspace_id, updated_at, id);
CREATE INDEX contact_name_idx ON contact (workspace_id, name, id);
