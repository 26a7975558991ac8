//! Who waits for whom: tokens, the board, the waiting room.
