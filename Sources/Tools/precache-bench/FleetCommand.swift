import ArgumentParser
import FleetSimulator
import Glibc
import HTTPServing
import Logging
import Reactor
import Telemetry
import UnixSignals

/// Plays a whole fleet of agents.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Play a fleet of agents on this machine's loopback addresses, until Ctrl-C or SIGTERM.",
        discussion: """
            Every host speaks the agents' protocol (api-spec/agent.yaml) but stores nothing: a download is the time \
            that it would take. Shares are numbers of hosts or percentages. At the end it prints what it served. \
            Only programs on this machine can reach it.
            """
    )

    @OptionGroup(title: "The fleet")
    var fleet: FleetOptions

    @Option(
        help: ArgumentHelp("Write the fleet as 'precache inventory apply -f' takes it.", valueName: "path")
    )
    var inventory: String?

    @Option(help: "The aggregate in that inventory.")
    var aggregate = "fleet"

    @Option(help: "Images in that inventory: sim-image-1 and so on.")
    var images = 1

    @Option(help: "Their size, for example 10GB.")
    var imageBytes = ByteCount(bytes: 1 << 30)

    @Option(help: ArgumentHelp("A file with the token that the service must show.", valueName: "path"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("PEM certificate of all hosts, with the name *DOMAIN: TLS.", valueName: "path")
    )
    var certificate: String?

    @Option(help: ArgumentHelp("PEM file of its key.", valueName: "path"))
    var key: String?

    @Option(
        help: ArgumentHelp("PEM file of authorities: the service must show a certificate.", valueName: "path")
    )
    var clientCa: String?

    @Option(help: "Threads that serve.")
    var threads = 1

    @Option(help: ArgumentHelp("End by itself after so many seconds.", valueName: "seconds"))
    var `for`: Double?

    @Option(name: [.customShort("o"), .long], help: "How the summary is written.")
    var output = OutputFormat.text

    func validate() throws {
        guard (1...64).contains(threads) else { throw ValidationError("--threads must be from 1 to 64") }
        guard (0...1_000).contains(images) else { throw ValidationError("--images must be from 0 to 1000") }
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate and --key need each other")
        }
        if clientCa != nil, certificate == nil { throw ValidationError("--client-ca needs --certificate") }
    }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let plan = try fleet.plan()
        let token = try SecretFile.read(tokenFile)
        if let inventory {
            let document = FleetInventory(
                plan: plan,
                aggregate: aggregate,
                images: images,
                imageBytes: imageBytes.bytes
            )
            try LocalFile.write(document.document(), to: inventory)
        }
        signal(SIGPIPE, SIG_IGN)
        LogOutput.bootstrap(format: .logfmt, level: .info)
        let logger = Logger(label: "fleet")
        let loops = try EventLoopGroup(count: threads, name: "fleet")
        let server = FleetServer(
            plan: plan,
            timing: fleet.timing(),
            token: token,
            tls: tls(),
            loops: loops,
            logger: logger
        )
        try await server.start()
        logger.notice(
            "listening",
            metadata: [
                "hosts": "\(plan.hosts)", "first": "\(plan.address(of: 0))",
                "last": "\(plan.address(of: plan.hosts - 1))", "port": "\(plan.port)",
            ]
        )
        await Self.wait(for: signals, atMost: `for`)
        await server.stop()
        loops.stop()
        switch output {
        case .text: print(server.counts.text())
        case .json: print(String(decoding: server.counts.json(), as: UTF8.self))
        }
    }

    /// Returns when a signal has come or the time is over.
    private static func wait(for signals: UnixSignalsSequence, atMost seconds: Double?) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { return } }
            if let seconds { group.addTask { try? await Task.sleep(for: .seconds(seconds)) } }
            await group.next()
            group.cancelAll()
        }
    }

    private func tls() -> TLSConfiguration? {
        guard let certificate, let key else { return nil }
        return TLSConfiguration(
            certificatePath: certificate,
            keyPath: key,
            clientCAPath: clientCa,
            clientCertificates: clientCa == nil ? .none : .required
        )
    }
}
