/// How long jobs that have ended are kept.
package struct RetentionPolicy: Hashable, Sendable {
    /// A job goes when it ended longer ago than this.
    ///
    /// The default is 30 days.
    package var maximumAge: Duration
    /// The newest so many that have ended are kept; those before them go.
    ///
    /// The default is 1,000.
    package var maximumCount: Int

    /// A job with events that a webhook still waits for stays for so long after its end, whatever the rest says.
    ///
    /// The default is a day and an hour: the time for which deliveries are tried, and some to give them up in.
    package var deliveryTime: Duration

    package init(
        maximumAge: Duration = .seconds(30 * 86_400),
        maximumCount: Int = 1_000,
        deliveryTime: Duration = .seconds(90_000)
    ) {
        self.maximumAge = maximumAge
        self.maximumCount = max(0, maximumCount)
        self.deliveryTime = deliveryTime
    }
}
