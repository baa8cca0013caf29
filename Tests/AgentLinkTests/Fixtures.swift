import FanOut
import PrecacheModel
import Synchronization

@testable import AgentLink

/// The task of most tests: two images on one host.
func makeTask(attempt: Int = 1) throws -> AgentTask {
    let job = try JobID("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b")
    return AgentTask(
        id: TaskID(job: job, host: 7),
        job: job,
        attempt: attempt,
        timeout: .milliseconds(1_799_001),
        images: [
            ImageReference(
                id: try ImageID("one"),
                name: nil,
                url: "http://images/one?sig=secret",
                sizeBytes: 5,
                digest: try Digest(.sha256, hex: String(repeating: "ab", count: 32)),
                diskFormat: .qcow2,
                allowsUnverified: false
            ),
            ImageReference(
                id: try ImageID("two"),
                name: "The \"second\"",
                url: "https://images/two",
                sizeBytes: nil,
                digest: nil,
                diskFormat: .raw,
                allowsUnverified: true
            ),
        ].map { OrderedImage($0) }
    )
}

/// Where the agent of most tests is.
func makePlace(port: Int, host: String = "compute-1") throws -> AgentPlace {
    AgentPlace(host: try HostName(host), address: "127.0.0.1", port: port)
}

/// The lines of a well-behaved agent for that task.
enum Lines {
    static let task = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b.7"
    static let heartbeat = #"{"type":"heartbeat"}"#
    static let end = #"{"type":"end"}"#

    static func accepted(attached: Bool = false, attempt: Int = 1) -> String {
        #"{"type":"accepted","task_id":"\#(task)","attempt":\#(attempt),"attached":\#(attached)}"#
    }

    static func progress(_ image: String, _ bytes: Int) -> String {
        #"{"type":"progress","image_id":"\#(image)","bytes_done":\#(bytes),"bytes_total":10}"#
    }

    static func cached(_ image: String) -> String {
        #"{"type":"outcome","image_id":"\#(image)","outcome":"cached","bytes_done":10,"bytes_total":10,"verified":true}"#
    }

    static let unauthorized =
        #"{"type":"outcome","image_id":"two","outcome":"error","reason":"source_throttled","detail":"429","#
        + #""retryable":true,"retry_after_seconds":9,"bytes_done":0}"#
}

/// What a caller told, in order.
final class Events: Sendable {
    private let list = Mutex<[AgentEvent]>([])

    var all: [AgentEvent] { list.withLock { $0 } }

    var outcomes: [ImageOutcome] {
        all.compactMap { if case .outcome(_, let outcome) = $0 { outcome } else { nil } }
    }

    func add(_ event: AgentEvent) { list.withLock { $0.append(event) } }
}
