import PrecacheAPI
import PrecacheModel

/// An image as Glance describes it (Image API v2, "Show image").
enum GlanceImage {
    /// What a description means: the image as a job needs it, or why it can't be cached.
    ///
    /// - Parameters:
    ///   - value: The description.
    ///   - endpoint: The endpoint that gave it, where its bytes are too.
    ///   - allowsUnverified: Whether an image without a digest may be cached unchecked.
    /// - Returns: Nil if this isn't a description of an image.
    static func answer(
        _ value: JSONValue,
        endpoint: String,
        allowsUnverified: Bool = false
    ) -> ImageAnswer? {
        guard let text = value["id"]?.text, let id = try? ImageID(text), let status = value["status"]?.text
        else { return nil }
        if let obstacle = obstacle(status: status) { return obstacle }
        if value["os_hidden"]?.boolean == true {
            return .absent(
                .imageNotActive,
                detail: "the image is hidden in Glance (os_hidden): it was taken out of use"
            )
        }
        let container = value["container_format"]?.text ?? "bare"
        guard plainContainers.contains(container) else {
            let detail =
                "the image is in a container of format '\(shown(container))', and only bare ones are disks"
            return .absent(.formatMismatch, detail: detail)
        }
        let format = value["disk_format"]?.text ?? ""
        guard let diskFormat = DiskFormat(rawValue: format) else {
            return .absent(.formatMismatch, detail: "the disk format '\(shown(format))' is not known here")
        }
        guard value["size"]?.integer != 0 else {
            let detail = "the image has 0 bytes in Glance: its upload brought nothing, and no image is empty"
            return .absent(.imageNotActive, detail: detail)
        }
        let digest = digest(value)
        guard digest != nil || allowsUnverified else {
            return .absent(
                .unsafeImage,
                detail:
                    "Glance knows no digest of the image that can be checked here: allow_unverified of the job, or "
                    + "glance.allow_unverified of the service, would cache it unchecked"
            )
        }
        return .found(
            ImageReference(
                id: id,
                name: value["name"]?.text.flatMap { PrintableText.isPrintable($0) ? $0 : nil },
                url: "\(endpoint)/v2/images/\(id.text)/file",
                sizeBytes: value["size"]?.integer.flatMap { $0 > 0 ? $0 : nil },
                virtualSizeBytes: value["virtual_size"]?.integer.flatMap { $0 > 0 ? $0 : nil },
                digest: digest,
                diskFormat: diskFormat,
                allowsUnverified: digest == nil,
                origin: .imageService
            )
        )
    }

    /// Containers whose data are the disk's, or kernel's, own bytes.
    private static let plainContainers: Set = ["bare", "ami", "aki", "ari"]

    /// Why an image of this status can't be cached; nil if it can.
    private static func obstacle(status: String) -> ImageAnswer? {
        switch status {
        case "active": nil
        case "queued":
            .absent(.imageNotActive, detail: "the image is queued in Glance: it has no data yet")
        case "saving", "uploading", "importing":
            .absent(.imageNotActive, detail: "the image is still being uploaded to Glance (\(status))")
        case "deactivated": .absent(.imageNotActive, detail: "the image is deactivated in Glance")
        case "killed": .absent(.imageNotActive, detail: "the image's upload to Glance failed (killed)")
        case "deleted", "pending_delete":
            .absent(.imageNotFound, detail: "the image is deleted in Glance (\(status))")
        default:
            .absent(
                .imageNotActive,
                detail: "the image's status in Glance is '\(shown(status))', not 'active'"
            )
        }
    }

    /// The strongest digest that we can check: `os_hash_value`, else the older `checksum`, which is MD5.
    private static func digest(_ value: JSONValue) -> Digest? {
        if let name = value["os_hash_algo"]?.text, let algorithm = DigestAlgorithm(rawValue: name),
            let hex = value["os_hash_value"]?.text, let digest = try? Digest(algorithm, hex: hex)
        {
            return digest
        }
        return value["checksum"]?.text.flatMap { try? Digest(.md5, hex: $0) }
    }

    private static func shown(_ text: String) -> String {
        PrintableText.isPrintable(text) ? String(text.prefix(80)) : "(unprintable)"
    }
}
