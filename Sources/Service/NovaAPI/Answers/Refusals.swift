import HTTPTypes
import PrecacheModel

/// What the inventory refuses, in Nova's words (nova/exception.py).
struct Refusals: Sendable {
    private let call: NovaCall
    private let action: String
    private let host: String
    private let status: HTTPResponse.Status

    /// - Parameters:
    ///   - call: The request.
    ///   - action: How Nova calls what was tried, for example `Cannot update aggregate`.
    ///   - host: The host that it was about.
    ///   - status: The status of what Nova calls an invalid action: 400, or 409 where a host is added.
    init(
        _ call: NovaCall,
        _ action: String,
        host: String = "",
        status: HTTPResponse.Status = .badRequest
    ) {
        self.call = call
        self.action = action
        self.host = host
        self.status = status
    }

    /// What the inventory threw: a refusal in Nova's words, and the store's own troubles as they are, to be logged.
    func fault(_ error: StoreError) -> any Error { error.aggregateRefusal.map { fault($0) } ?? error }

    func fault(_ refusal: AggregateRefusal) -> NovaFault {
        switch refusal {
        case .noAggregate: call.missingAggregate
        case .noHost: .notFound("Host '\(host)' is not mapped to any cell")
        case .nameTaken(let name): .conflict("Aggregate \(name) already exists.")
        case .alreadyMember: .conflict("Aggregate \(call.idText) already has host \(host).")
        case .notMember: .notFound("Aggregate \(call.idText) has no host \(host).")
        case .notEmpty: invalid("Host aggregate is not empty")
        case .emptyZone(let name): invalid("Aggregate \(name) does not support empty named availability zone")
        case .zoneConflict(let zones):
            invalid(
                "One or more hosts already in availability zone(s) "
                    + "[\(zones.map(PythonText.repr).joined(separator: ", "))]"
            )
        }
    }

    private func invalid(_ reason: String) -> NovaFault {
        NovaFault(status, "\(action) \(call.idText). Reason: \(reason).")
    }
}

extension NovaCall {
    /// No aggregate has the path's number.
    var missingAggregate: NovaFault { .notFound("Aggregate \(idText) could not be found.") }
}
