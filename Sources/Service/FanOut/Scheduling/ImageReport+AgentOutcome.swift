import PrecacheModel

extension ImageReport {
    /// The longest detail that is kept, in Unicode scalars: a character may have any number of them.
    static let detailLimit = 1000

    /// What an agent said, as the ledger keeps it.
    init(_ outcome: AgentOutcome, ordinal: Int) {
        let reason = outcome.outcome.isGood ? outcome.reason : outcome.reason ?? .internal
        self.init(
            image: ordinal,
            outcome: outcome.outcome,
            reason: reason,
            detail: outcome.detail.map { String($0.unicodeScalars.prefix(Self.detailLimit)) },
            bytesDone: ByteProgress.bounded(outcome.bytesDone),
            bytesTotal: outcome.bytesTotal.map(ByteProgress.bounded),
            source: outcome.source,
            isVerified: outcome.isVerified
        )
    }
}
