//! Stub, until the drill world lands.
use std::sync::Arc;
#[derive(Debug)]
pub struct World {
    d: Arc<dyn crate::driver::Driver>,
    e: Arc<dyn crate::driver::Errands>,
    y: Arc<dyn crate::probe::Eyes>,
}
impl World {
    pub fn driver(self: &Arc<Self>) -> Arc<dyn crate::driver::Driver> {
        self.d.clone()
    }
    pub fn errands(self: &Arc<Self>) -> Arc<dyn crate::driver::Errands> {
        self.e.clone()
    }
    pub fn eyes(self: &Arc<Self>) -> Arc<dyn crate::probe::Eyes> {
        self.y.clone()
    }
}
