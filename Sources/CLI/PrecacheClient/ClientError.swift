/// A call that didn't give what was asked for: what happened, in whose words, and what to do next.
///
/// Holds no secret: neither the token nor any body that was sent.
package struct ClientError: Error, Sendable, Hashable {
    /// What became of the call, as exit statuses and retries tell them apart.
    package enum Kind: Sendable, Hashable {
        /// No complete answer: not reached, not ready, or the connection broke.
        case noAnswer
        /// The service refused the credentials, or they don't allow this (401, 403).
        case notAllowed
        /// There is no such thing (404).
        case notFound
        /// The service refused the request (other 4xx).
        case refused
        /// The service failed (5xx but 502 to 504).
        case failed
        /// The answer isn't what this version of the client understands.
        case unreadable
        /// The client's own settings or input are wrong; nothing was sent.
        case input
        /// The call was cancelled from here.
        case cancelled
    }

    /// A field that the service refused.
    package struct Field: Sendable, Hashable {
        /// Where in the request, for example `cache[0].id`.
        package let field: String
        /// What is wrong with it.
        package let message: String

        /// A refused field.
        package init(field: String, message: String) {
            self.field = field
            self.message = message
        }
    }

    /// What became of the call.
    package var kind: Kind
    /// One sentence without a full stop.
    package var message: String
    /// The service's code of the error, for example `aggregate_not_found`.
    package var code: String?
    /// The status of the answer.
    package var status: Int?
    /// Each field that was refused.
    package var fields: [Field]
    /// The request's id, by which the service's log names it.
    package var requestID: String?
    /// What to do next.
    package var hint: String?
    /// Whether the very same call may do better a little later.
    package var isTransient: Bool
    /// Whether the service may have got the call although no answer came back.
    package var isAnswerLost = false

    package init(
        _ kind: Kind,
        _ message: String,
        code: String? = nil,
        status: Int? = nil,
        fields: [Field] = [],
        requestID: String? = nil,
        hint: String? = nil,
        isTransient: Bool = false
    ) {
        self.kind = kind
        self.message = message
        self.code = code
        self.status = status
        self.fields = fields
        self.requestID = requestID
        self.hint = hint
        self.isTransient = isTransient
    }
}
