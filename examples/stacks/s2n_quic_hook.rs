// SPDX-License-Identifier: BSD-2-Clause

//! As much of s2n-quic as the adapter touches, declared in our own words from
//! what docs/stacks/s2n-quic.md says of it.

// more than one adapter needs
#![allow(dead_code)]

pub mod connection_id {
    use std::time::Duration;

    pub struct ConnectionInfo;

    /// 4 to 20 bytes.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct LocalId(Vec<u8>);

    impl LocalId {
        pub fn try_from_bytes(bytes: &[u8]) -> Option<LocalId> {
            (4..=20).contains(&bytes.len()).then(|| LocalId(bytes.into()))
        }

        pub fn as_bytes(&self) -> &[u8] {
            &self.0
        }
    }

    pub trait Generator {
        /// Never the same twice; cannot fail.
        fn generate(&mut self, info: &ConnectionInfo) -> LocalId;

        /// 1 minute to 1 day, after which the stack replaces a CID.
        fn lifetime(&self) -> Option<Duration> {
            None
        }
    }

    pub trait Validator {
        /// How long the CID is that the buffer begins with.
        fn validate(
            &self,
            info: &ConnectionInfo,
            buffer: &[u8],
        ) -> Option<usize>;
    }

    /// What `Server::builder().with_connection_id()` takes.
    pub trait Format: 'static + Validator + Generator + Send {}

    impl<T: 'static + Validator + Generator + Send> Format for T {}
}

pub mod stateless_reset_token {
    pub struct Token(pub [u8; 16]);

    impl From<[u8; 16]> for Token {
        fn from(bytes: [u8; 16]) -> Token {
            Token(bytes)
        }
    }

    /// What `with_stateless_reset_token()` takes; cannot fail.
    pub trait Generator: 'static + Send {
        const ENABLED: bool = true;

        fn generate(&mut self, local_connection_id: &[u8]) -> Token;
    }
}
