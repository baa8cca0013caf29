/// An image that passed.
public struct InspectedImage: Hashable, Sendable {
    /// What its bytes are.
    public let format: ImageFormat
    /// The size of the disk that it stands for, in bytes: what converting it to plain bytes takes.
    public let virtualSizeBytes: Int64
    /// How much of it was read, in bytes: at most ``ImageInspector/maximumBytesRead``.
    public let bytesRead: Int
}
