//! Writes the client and the server of `docs.Chat` into `src/wire.rs`. A service with a `.proto` file would have
//! `tonic-prost-build` write the messages too; this way nobody needs `protoc`.

use tonic_build::manual::{Builder, Method, MethodBuilder, Service};

fn method(name: &str, route_name: &str, output_type: &str) -> MethodBuilder {
    let builder = Method::builder().name(name).route_name(route_name).input_type("crate::wire::Question");
    builder.output_type(output_type).codec_path("tonic_prost::ProstCodec")
}

fn main() {
    let service = Service::builder()
        .package("docs")
        .name("Chat")
        .method(method("ask", "Ask", "crate::wire::Answer").build())
        .method(method("ask_stream", "AskStream", "crate::wire::Piece").server_streaming().build())
        .build();
    Builder::new().compile(&[service]);
}
