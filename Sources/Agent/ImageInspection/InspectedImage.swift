/// An image that passed.
package struct InspectedImage: Hashable, Sendable {
    /// What its bytes are.
    package let format: ImageFormat
    /// The size of the disk that it stands for, in bytes: what converting it to plain bytes takes.
    package let virtualSizeBytes: Int64
    /// How much of it was read, in bytes: at most ``ImageInspector/maximumBytesRead``.
    package let bytesRead: Int
}
