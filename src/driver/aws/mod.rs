//! Stub.
pub mod ecs_service;
pub mod rds_replica;
pub mod route53;

#[derive(Clone, Debug)]
pub struct Clients;
