import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix

// Answers every GET below /v1/jobs with the bytes of a file, on one thread: status-answer PORT FILE.
guard CommandLine.arguments.count == 3, let port = Int(CommandLine.arguments[1]),
    let body = FileManager.default.contents(atPath: CommandLine.arguments[2])
else {
    print("usage: status-answer PORT FILE")
    exit(64)
}
let bytes = ByteBuffer(bytes: body)
let router = Router()
router.get("/v1/jobs/:id") { _, _ in
    Response(
        status: .ok,
        headers: [.contentType: "application/json", .cacheControl: "no-store"],
        body: .init(byteBuffer: bytes)
    )
}
var logger = Logger(label: "status-answer")
logger.logLevel = .warning
let app = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: port)),
    eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
    logger: logger
)
try await app.runService()
