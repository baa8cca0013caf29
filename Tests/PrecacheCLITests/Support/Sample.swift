import FoundationEssentials
import PrecacheClient

/// Things that tests need.
enum Sample {
    static let jobID = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"

    /// A job's JSON as the service gives it.
    static func jobJSON(
        state: String = "running",
        hosts: Int = 1200,
        done: Int = 744,
        results: [String: Int] = ["pending": 392, "running": 64, "cached": 700, "existing": 40, "error": 4],
        bytes: (done: Int64, total: Int64) = (13_312_000_000, 42_949_672_960),
        note: String? = nil
    ) -> String {
        let counts = results.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(
            separator: ","
        )
        return """
            {"job":{"id":"\(jobID)","aggregate":"web","state":"\(state)",\
            "images":[{"id":"debian-12","name":"Debian 12","size_bytes":300}],\
            "hosts":{"total":\(hosts),"done":\(done)},"results":{\(counts)},\
            "bytes":{"done":\(bytes.done),"total":\(bytes.total)},\
            "note":\(note.map { "\"\($0)\"" } ?? "null"),"created_at":"2026-11-23T10:00:00.000000Z"}}
            """
    }

    static func job(_ json: String = jobJSON()) throws -> JobView {
        struct Answer: Decodable {
            let job: JobView
        }
        return try JSONDecoder().decode(Answer.self, from: Data(json.utf8)).job
    }

    static func failure(_ host: String, detail: String? = "bad bytes") -> ResultView {
        ResultView(
            host: host,
            imageID: "debian-12",
            outcome: "error",
            reason: "checksum_mismatch",
            detail: detail
        )
    }
}
