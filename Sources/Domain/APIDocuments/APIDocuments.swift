private import CAPIDocuments

/// The documents of `api-spec`, which the programs serve from `/openapi.yaml`: each ships as one file.
///
/// C embeds them: Swift takes half a minute for an array literal of so many bytes.
package enum APIDocuments {
    /// The service's.
    package static let service = bytes(capi_service_document)

    /// The agent's.
    package static let agent = bytes(capi_agent_document)

    private static func bytes(_ document: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?) -> [UInt8] {
        var size = 0
        let start = document(&size)
        return Array(UnsafeBufferPointer(start: start, count: size))
    }
}
