//! Doctors as patients and the desk know them, and the rooms they see people in.
