-- Changes of boards and columns are logged by log_board, with the actor as an argument, without triggers.
DROP FUNCTION IF EXISTS board_audit, column_audit CASCADE;
DROP FUNCTION IF EXISTS current_actor(), set_actor(text), lock_board(text, text, text);
