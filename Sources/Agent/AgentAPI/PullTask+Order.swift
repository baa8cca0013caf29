import HTTPTypes
import ImageCache
import PrecacheAPI
import PrecacheModel
import PullWork

extension PullTask {
    /// The work that a checked order stands for.
    init(id: String, _ order: AgentTaskRequest) {
        self.init(
            id: id,
            jobID: order.jobID,
            attempt: order.attempt,
            timeout: .seconds(order.timeoutSeconds),
            keep: order.keepSeconds.flatMap { $0 == 0 ? nil : .seconds($0) },
            images: order.images.compactMap(WantedImage.init)
        )
    }
}

extension WantedImage {
    /// Nil only for an order that wasn't checked.
    init?(_ image: AgentTaskImage) {
        guard let id = try? ImageID(image.id) else { return nil }
        let algorithm = image.hashAlgorithm.flatMap(DigestAlgorithm.init(rawValue:))
        let digest = algorithm.flatMap { algorithm in image.hash.flatMap { try? Digest(algorithm, hex: $0) } }
        self.init(
            expected: ExpectedImage(
                id: id,
                sizeBytes: image.sizeBytes,
                digest: digest,
                allowsUnverified: image.allowUnverified,
                diskFormat: DiskFormat(rawValue: image.diskFormat) ?? .raw
            ),
            name: image.name,
            sources: image.sources.map { source in
                var headers = HTTPFields()
                for (name, value) in source.headers {
                    if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
                }
                return PullSource(url: source.url, headers: headers)
            }
        )
    }
}
