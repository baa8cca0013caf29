import Logging
import Synchronization

/// What all loops of a server share; nothing in it changes but by atomic means.
final class ServerShared: Sendable {
    let limits: ServerLimits
    let handler: any HTTPHandler
    let observer: (@Sendable (RequestRecord) -> Void)?
    let logger: Logger
    let admission: Admission
    /// The certificates for new connections; nil for plain HTTP.
    let tls: Mutex<TLSContext?>

    init(
        limits: ServerLimits,
        handler: any HTTPHandler,
        observer: (@Sendable (RequestRecord) -> Void)?,
        logger: Logger
    ) {
        self.limits = limits
        self.handler = handler
        self.observer = observer
        self.logger = logger
        admission = Admission(total: limits.connections, perPeer: limits.connectionsPerPeer)
        tls = Mutex(nil)
    }
}
