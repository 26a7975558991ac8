//! Paper of the desk: tokens, labels, wristbands, and what is printed later.
