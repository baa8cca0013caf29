import HTTPTypes

/// One request and its answer, while they are in hand.
///
/// Belongs to its connection, which alone touches it.
final class Exchange {
    let number: Int
    let head: RequestHead
    let identifier: RequestIdentifier
    let received: ContinuousClock.Instant
    /// The task that runs the handler; nil while its first part still runs.
    var task: Task<Void, Never>?

    var status = 0
    var route: String?
    var bytesSent = 0
    var keepsAlive = true
    var isHeadSent = false
    var isContinueSent = false
    /// An endless stream, to be cancelled when a stop begins.
    var isEndless = false
    /// The stop has cancelled the stream: whatever it throws, the answer ends properly.
    var isEndedByStop = false
    /// How the stream's bytes are framed, and how many a declared length still allows.
    var framing = ResponseEncoder.Framing.none
    var bytesLeft = Int.max

    init(number: Int, head: RequestHead, identifier: RequestIdentifier, received: ContinuousClock.Instant) {
        self.number = number
        self.head = head
        self.identifier = identifier
        self.received = received
    }
}
