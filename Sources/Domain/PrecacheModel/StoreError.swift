/// What the service's store says when it can't do what was asked.
///
/// Owned here so that the store that throws it and the API that turns it into an answer need not know each
/// other.
package struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure; each becomes one HTTP status and `code`.
    package enum Code: String, Sendable, CaseIterable {
        /// No such thing; ``StoreError/subject`` says what.
        case notFound = "not_found"
        /// Against what is there: a name taken, a job that has ended already.
        case conflict
        /// As many as there may be; worth trying again when something has ended.
        case tooMany = "too_many"
        /// More than may be asked for at once.
        case tooLarge = "too_large"
        /// The Idempotency-Key came before with another request.
        case idempotencyConflict = "idempotency_conflict"
        /// A cursor of another list, or a broken one.
        case badCursor = "bad_cursor"
        /// Another program holds the database's lock; worth trying again soon.
        case busy
        /// The disk is full.
        case full
        /// The file or its file system is read-only.
        case readOnly = "read_only"
        /// The file isn't a sound database.
        case corrupt
        /// The file was moved away or replaced while the program had it open.
        case moved
        /// A newer version of the program wrote it.
        case newerSchema = "newer_schema"
        /// The store is closed: the program is stopping.
        case closed
        /// The disk failed, or anything else.
        case failed
    }

    /// The kind.
    package let code: Code
    /// What it is about, for ``Code/notFound`` and ``Code/conflict``: `host`, `aggregate`, `image`, `job`,
    /// `member`, `token`, `webhook`.
    package let subject: String
    /// What happened, for people; holds no secret.
    package let message: String
    private let refusal: AggregateRefusal?

    package init(_ code: Code, subject: String = "", message: String) {
        self.code = code
        self.subject = subject
        self.message = message
        refusal = nil
    }

    private init(_ refusal: AggregateRefusal) {
        code = .conflict
        subject = "aggregate"
        message = "the aggregate is not changed: \(refusal)"
        self.refusal = refusal
    }

    /// An aggregate isn't changed, for a reason that concerns what is there: a ``Code/conflict``.
    package static func refused(_ refusal: AggregateRefusal) -> StoreError { StoreError(refusal) }

    /// Why an aggregate isn't changed, if this is about one: also for what isn't there.
    package var aggregateRefusal: AggregateRefusal? {
        switch (code, subject) {
        case (.notFound, "aggregate"): .noAggregate
        case (.notFound, "host"): .noHost
        case (.notFound, "member"): .notMember
        default: refusal
        }
    }

    /// No `subject` is called `name`.
    package static func notFound(_ subject: String, _ name: String) -> StoreError {
        let shown = InvalidValue(subject, name, rule: "").value
        return StoreError(.notFound, subject: subject, message: "there is no \(subject) '\(shown)'")
    }

    /// The error as text, fit for logs.
    package var description: String { "\(code.rawValue): \(message)" }
}
