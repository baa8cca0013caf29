import Glibc
package import ImageInspection
import Subprocess
import SystemPackage

/// Turns an image into the plain bytes of the disk that it stands for, with qemu-img in a process of its own.
///
/// As Nova does it (`nova/privsep/qemu.py`, `unprivileged_convert_image`), but within limits, which Nova sets for looking
/// into images only, and into a file that is there already: a program that outlives its agent by a moment can't make
/// anything anew.
package struct ImageConverter: Sendable {
    /// qemu-img, version 5.0 or newer: a path, or a name to be looked up in `PATH`; `qemu-img` by default.
    package var program: String
    /// How much memory the program may map, in bytes; 1 GiB by default, as in Nova (`images_address_space_limit`).
    package var addressSpaceBytes: Int64

    package init(program: String = "qemu-img", addressSpaceBytes: Int64 = 1 << 30) {
        self.program = program
        self.addressSpaceBytes = addressSpaceBytes
    }

    /// QEMU's name of a format that can be converted: one that is a disk in a shell, and not encrypted as a whole.
    static func driver(_ format: ImageFormat) -> String? {
        switch format {
        case .qcow2: "qcow2"
        case .vmdk: "vmdk"
        case .vhd: "vpc"
        case .vhdx: "vhdx"
        case .vdi: "vdi"
        case .raw, .gpt, .mbr, .iso, .luks, .qed, .ploop, .bochs, .cloop: nil
        }
    }

    /// Whether images of a format can be converted.
    package static func converts(_ format: ImageFormat) -> Bool { driver(format) != nil }

    /// The processor time allowed for a disk, in seconds: a minute, and what reading it at 16 MiB/s takes.
    static func processorSeconds(_ virtualSizeBytes: Int64) -> Int64 { 60 + max(0, virtualSizeBytes) >> 24 }

    /// How large the program may make the target, in bytes: direct writes go in whole blocks, the last one too.
    static func fileBytes(_ virtualSizeBytes: Int64) -> Int64 {
        let (sum, overflow) = max(0, virtualSizeBytes).addingReportingOverflow(1 << 20)
        return overflow ? virtualSizeBytes : sum
    }

    /// Converts an image that was inspected; ends once the program has.
    ///
    /// - Parameters:
    ///   - source: The image's path, absolute.
    ///   - inspected: What it was found to be: the format is said, never guessed.
    ///   - target: The path, absolute, of an empty file of the disk's size in bytes, all holes. What is zero stays a hole.
    ///   - direct: Whether the target takes writes past the page cache (`O_DIRECT`).
    ///     It may be longer afterwards, by less than a block.
    /// - Throws: ``ConversionError``; with `cancelled`, after the program has been killed and is gone, if the task is.
    package func convert(
        _ source: String,
        _ inspected: InspectedImage,
        to target: String,
        direct: Bool
    ) async throws(ConversionError) {
        guard let driver = Self.driver(inspected.format) else {
            throw ConversionError(.unsupported, "\(inspected.format.rawValue) images can't be converted")
        }
        let program = try await found(
            program,
            "install qemu-utils (Debian, Ubuntu) or qemu-img (Fedora, RHEL)"
        )
        let limiter = try await found("prlimit", "install util-linux")
        let arguments = [
            "--as=\(addressSpaceBytes)", "--cpu=\(Self.processorSeconds(inspected.virtualSizeBytes))",
            "--fsize=\(Self.fileBytes(inspected.virtualSizeBytes))", "--core=0", "--", program.string,
            // Nova's choice: past the page cache where it can be, written back at the end where not.
            "convert", "-t", direct ? "none" : "writeback", "-f", driver, "-O", "raw",
            // The target is there, and all holes.
            "-n", "--target-is-zero", source, target,
        ]
        try await run(Executable.path(limiter), arguments)
    }

    /// Little to go by for the program: where programs are, and messages that everybody reads.
    private static let environment = [
        Environment.Key("PATH"): "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        Environment.Key("LC_ALL"): "C",
    ]

    private func found(_ name: String, _ remedy: String) async throws(ConversionError) -> FilePath {
        do {
            guard !name.contains("/") else {
                guard access(name, X_OK) == 0 else { throw Errno(rawValue: errno) }
                return FilePath(name)
            }
            return try await Executable.name(name).resolveExecutablePath(in: .custom(Self.environment))
        } catch {
            throw ConversionError(.missing, "there is no program \(name) to convert images with: \(remedy)")
        }
    }

    private func run(_ executable: Executable, _ arguments: [String]) async throws(ConversionError) {
        do {
            let result = try await Subprocess.run(
                executable,
                arguments: Arguments(arguments),
                environment: .custom(Self.environment),
                workingDirectory: "/",
                input: .none,
                output: .discarded,
                error: .sequence
            ) { execution in
                var words = ProgramWords()
                for try await buffer in execution.standardError { words.take(buffer) }
                return words
            }
            try Task.checkCancellation()
            guard !result.terminationStatus.isSuccess else { return }
            throw result.closureResult.failure(result.terminationStatus)
        } catch let error as ConversionError {
            throw error
        } catch {
            guard !Task.isCancelled else { throw ConversionError(.cancelled, "the conversion was cancelled") }
            throw ConversionError(.failed, "\(program) couldn't be run: \(error)")
        }
    }
}

/// Why an image couldn't be converted.
package struct ConversionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of failure; stable, for programs.
    package enum Code: String, Sendable {
        /// The task was cancelled; the program has ended.
        case cancelled
        /// The program, or the one that limits it, isn't there.
        case missing
        /// The format can't be converted.
        case unsupported
        /// The file system is full.
        case noSpace = "no_space"
        /// The program failed, or used up what it is allowed.
        case failed
    }

    /// The kind.
    package let code: Code
    /// What happened, for people, with what the program said.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
