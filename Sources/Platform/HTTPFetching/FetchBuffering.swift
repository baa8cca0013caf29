/// How much memory one fetch may take, and in what pieces its body arrives.
///
/// At most `bodyBytes + 2 × receiveBytes` of a body are held for a reader that takes nothing: the queue, one read of the
/// socket, and the part of it that libcurl keeps while paused. After that nothing more is read and TCP slows the sender.
package struct FetchBuffering: Sendable, Hashable {
    /// Size of libcurl's receive buffer, allocated while the transfer runs: 1 KiB to 512 KiB.
    package var receiveBytes: Int

    /// Bytes queued for the reader before receiving pauses; it goes on when half of them are taken.
    package var bodyBytes: Int

    /// Size up to which received bytes are joined into one element of the body.
    package var chunkBytes: Int

    /// Sizes as given.
    package init(receiveBytes: Int, bodyBytes: Int, chunkBytes: Int) {
        self.receiveBytes = receiveBytes
        self.bodyBytes = bodyBytes
        self.chunkBytes = chunkBytes
    }

    /// For calls and their answers: 16 KiB at a time, 64 KiB queued.
    ///
    /// The default.
    package static let message = FetchBuffering(receiveBytes: 16_384, bodyBytes: 65_536, chunkBytes: 16_384)

    /// For images: 256 KiB at a time, 1 MiB queued, so at most 1.5 MiB for each download.
    package static let bulk = FetchBuffering(receiveBytes: 262_144, bodyBytes: 1_048_576, chunkBytes: 262_144)
}
