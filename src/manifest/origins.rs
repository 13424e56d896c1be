//! Where each declared row stands.

/// Where rows stand.
#[derive(Clone, Debug, Default)]
pub struct Origins {}
