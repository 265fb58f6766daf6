-- The contact that an operation links its item to, {match, newId, fields}: it is found, or created. See link_contact.
ALTER TYPE item_operation ADD ATTRIBUTE contact jsonb;
