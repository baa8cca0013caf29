internal import PrecacheModel

/// What became of one image on one host, with the image by its place in the job.
struct FinalResult: Sendable {
    var image: Int
    var outcome: Outcome
    var reason: Reason?
    var detail: String?
    var bytesDone: Int64 = 0
    var bytesTotal: Int64?
    var source: String?
    var isVerified: Bool?
}
