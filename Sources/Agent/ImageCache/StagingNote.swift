import FoundationEssentials
import PrecacheModel

/// What a download in staging is of: `.precache/staging/<sha1>.json`.
///
/// It's gone on with only for the same content.
struct StagingNote: Codable, Hashable {
    var id: String
    var sizeBytes: Int64?
    var digest: String?
    var source: String?

    enum CodingKeys: String, CodingKey {
        case id
        case sizeBytes = "size_bytes"
        case digest
        case source
    }

    init(_ expected: ExpectedImage) {
        id = expected.id.text
        sizeBytes = expected.sizeBytes
        digest = expected.digest?.description
        source = expected.source
    }

    init(json: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(json)) }

    func json() throws(CacheError) -> [UInt8] {
        do {
            return try Array(JSONEncoder().encode(self))
        } catch {
            throw CacheError(.io, "the staging note of \(id) can't be written: \(error)")
        }
    }

    /// Whether bytes staged under this note may become the image.
    ///
    /// Without a digest nothing would tell whether the start and the end belong together, so never.
    func allowsResuming(_ expected: ExpectedImage) -> Bool {
        guard let digest, id == expected.id.text else { return false }
        return digest == expected.digest?.description
            && (sizeBytes == expected.sizeBytes || sizeBytes == nil || expected.sizeBytes == nil)
    }
}
