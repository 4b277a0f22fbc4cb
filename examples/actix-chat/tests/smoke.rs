//! The service as a user runs it. What it must do is in `basalt_tests::chat_service`, for all frameworks.

use basalt_tests::chat_service::ChatService;

const SERVICE: ChatService = ChatService { name: "actix-chat", path: env!("CARGO_BIN_EXE_actix-chat") };

basalt_tests::chat_service_tests!(SERVICE);
