package import HTTPFetching

/// How agents are reached.
package struct AgentLinkConfiguration: Sendable, Hashable {
    /// Trust and identity for mutual TLS; nil: plain HTTP.
    ///
    /// With it an agent's certificate has to carry the host's name as the inventory has it, whatever address it is
    /// reached at.
    package var tls: ClientTLS?

    /// The bearer token that agents ask for, if they do.
    ///
    /// Secret.
    package var token: String?

    /// Time to connect to an agent.
    ///
    /// The default is 10 s.
    package var connectTimeout: Duration

    /// Silence after which an agent is given up.
    ///
    /// It sends a heartbeat every 10 s, so the default of 30 s is three of them.
    package var silenceLimit: Duration

    /// How often in a row a cut connection is made again without news of the task.
    ///
    /// The default is 5.
    package var reattachments: Int

    /// Pause before a connection is made again that brought no news; doubles each time.
    ///
    /// The default is 250 ms.
    ///
    /// After a connection that did bring news there is no pause.
    package var reattachPause: Duration

    /// Time for asking an agent to cancel.
    ///
    /// The default is 5 s.
    package var cancelTimeout: Duration

    /// Pauses before an agent that couldn't be asked to cancel is asked once more.
    ///
    /// The default is 1 s and 5 s.
    package var cancelPauses: [Duration]

    /// Time for a question and its answer.
    ///
    /// The default is 30 s: an agent may have to look at ten thousand instances first.
    package var questionTimeout: Duration

    /// Values as given.
    package init(
        tls: ClientTLS? = nil,
        token: String? = nil,
        connectTimeout: Duration = .seconds(10),
        silenceLimit: Duration = .seconds(30),
        reattachments: Int = 5,
        reattachPause: Duration = .milliseconds(250),
        cancelTimeout: Duration = .seconds(5),
        cancelPauses: [Duration] = [.seconds(1), .seconds(5)],
        questionTimeout: Duration = .seconds(30)
    ) {
        self.tls = tls
        self.token = token
        self.connectTimeout = connectTimeout
        self.silenceLimit = silenceLimit
        self.reattachments = reattachments
        self.reattachPause = reattachPause
        self.cancelTimeout = cancelTimeout
        self.cancelPauses = cancelPauses
        self.questionTimeout = questionTimeout
    }
}
