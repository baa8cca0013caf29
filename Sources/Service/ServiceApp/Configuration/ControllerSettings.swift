import HTTPDoor
import PrecacheModel
import Settings
import Store

/// How this service lives beside others on one database.
struct ControllerSettings: Sendable {
    let identity: ControllerIdentity
    /// How often it says that it is alive.
    let beat: Duration
    /// How long another's beat may stand still.
    let patience: Duration

    init(_ values: SettingsValues, _ problems: inout [String]) {
        identity = ControllerIdentity(
            name: values[Self.name] ?? (MachineName.text.isEmpty ? "localhost" : MachineName.text),
            version: precacheVersion
        )
        beat = values[Self.beatInterval]
        patience = values[Self.deadAfter]
        if patience < beat * 4 {
            problems.append(
                "controllers.dead_seconds is less than four times controllers.beat_seconds: a controller would be taken "
                    + "for dead for one late beat"
            )
        }
    }

    static let name = Setting.string(
        "controllers.name",
        example: "precached-1",
        help: "What people call this service where several share a database; the machine's name if left out."
    )
    static let beatInterval = Setting.seconds(
        "controllers.beat_seconds",
        default: .seconds(3),
        range: .milliseconds(100) ... .seconds(5),
        help: "How often a service on a PostgreSQL database tells the others that it is alive."
    )
    static let deadAfter = Setting.seconds(
        "controllers.dead_seconds",
        default: .seconds(12),
        range: .milliseconds(400) ... .seconds(600),
        help:
            "How long others may see nothing of a service before they take over its jobs; the same on all that share a "
            + "database."
    )

    static let all: [any AnySetting] = [name, beatInterval, deadAfter]
}
