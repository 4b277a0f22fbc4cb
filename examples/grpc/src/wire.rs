//! What client and server send each other: the messages, and the service `docs.Chat`.

/// What somebody wants to know.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Question {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

/// A whole answer.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Answer {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    /// The files it is taken from.
    #[prost(string, repeated, tag = "2")]
    pub(crate) sources: Vec<String>,
}

/// Part of an answer.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Piece {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

#[allow(private_interfaces, unreachable_pub, clippy::all, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/docs.Chat.rs"));
}

pub(crate) use generated::{
    chat_client::ChatClient,
    chat_server::{Chat, ChatServer},
};
