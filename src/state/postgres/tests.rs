//! What only a database can suffer.
