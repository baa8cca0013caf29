import ImageInspection
import PrecacheModel

/// A file in staging that is ready for its name: a download, or what it was converted to.
struct FinishedFile: Sendable {
    let file: OpenFile
    /// Its name in staging.
    let name: String
    let digest: Digest
    let sizeBytes: Int64
    let inspected: InspectedImage
    /// What it was converted from.
    var original: OriginalImage?
}
