//! The contracts of Pathfinder, compiled: one module for each package below `proto/pathfinder`.
//!
//! The `.proto` files are the source; nothing here is written by hand but the list of packages and how a point is built and
//! read. To add a package, add its folder and name it below.

use std::sync::OnceLock;

use prost_reflect::DescriptorPool;

mod lat_lng;

macro_rules! packages {
    ($($domain:ident),+ $(,)?) => {$(
        #[doc = concat!("Package `pathfinder.", stringify!($domain), ".v1`.")]
        pub mod $domain {
            /// Version 1.
            #[allow(clippy::all, missing_docs, rustdoc::all, reason = "generated from the contract")]
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/pathfinder.", stringify!($domain), ".v1.rs"));
            }
        }
    )+};
}

packages!(audit, boards, commitments, errors, events, identity, issues, types);

/// The descriptor set of all contracts with their imports, options and comments, as encoded by the compiler.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

/// The contracts as data, for reflection, validation and the gateway. Built once.
///
/// # Panics
///
/// Never in practice: the descriptor set was decoded by the compiler that wrote it, and a test decodes it again.
#[must_use]
pub fn pool() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(DESCRIPTOR_SET).expect("the compiled descriptor set decodes"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_descriptor_set_decodes() {
        assert!(super::pool().services().count() > 4);
    }
}
