use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::root;

/// The crates of the workspace, and what they are built from.
#[derive(Debug)]
pub struct Workspace {
    /// The members, by folder.
    pub packages: Vec<Package>,
    /// Package id to the ids it is linked from: normal dependencies alone.
    links: BTreeMap<String, Vec<String>>,
    /// Package id to package name, of every package.
    names: BTreeMap<String, String>,
}

/// A member of the workspace.
#[derive(Debug)]
pub struct Package {
    /// `core/table`
    pub folder: String,
    /// `ringgate-table`
    pub name: String,
    /// What its manifest names, of every kind.
    pub dependencies: Vec<Dependency>,
    /// The root files of its library and its programs, below the repository's root.
    pub roots: Vec<String>,
    id: String,
}

/// A line of a manifest.
#[derive(Debug)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// Its folder below the root, for one of ours.
    pub folder: Option<String>,
    /// True for `[dev-dependencies]`.
    pub dev: bool,
    /// The features it asks for, the workspace's included; `default` unless it asks for none.
    pub features: Vec<String>,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// What cargo said instead.
    pub fn load() -> Result<Self, String> {
        // Of this platform alone: what others need was never downloaded.
        let version = cargo(&["-vV"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.ok_or("cargo -vV names no host")?;
        let shown =
            cargo(&["metadata", "--format-version=1", "--offline", "--filter-platform", host])?;
        let all: Value = serde_json::from_str(&shown).map_err(|error| error.to_string())?;
        let members: BTreeSet<&str> = texts(&all["workspace_members"]).collect();
        let mut packages: Vec<Package> = items(&all["packages"])
            .filter(|package| members.contains(text(&package["id"])))
            .map(Package::read)
            .collect();
        packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        let names = items(&all["packages"])
            .map(|package| (text(&package["id"]).to_owned(), text(&package["name"]).to_owned()))
            .collect();
        let links = items(&all["resolve"]["nodes"])
            .map(|node| (text(&node["id"]).to_owned(), normal_links(node)))
            .collect();
        Ok(Self { packages, links, names })
    }

    /// The names of all packages that are linked into this one, itself left out.
    pub fn linked_into(&self, package: &Package) -> BTreeSet<&str> {
        let ids = self.ids_linked_into(package).into_iter();
        ids.filter_map(|id| self.names.get(id)).map(String::as_str).collect()
    }

    /// The names of those among the packages linked into this one, itself included, that name
    /// `used` themselves.
    pub fn users_of(&self, used: &str, package: &Package) -> BTreeSet<&str> {
        let mut ids = self.ids_linked_into(package);
        ids.insert(package.id.as_str());
        let is_used = |id: &String| self.names.get(id).is_some_and(|name| name == used);
        let uses = |id: &&str| self.links.get(*id).is_some_and(|next| next.iter().any(is_used));
        let users = ids.into_iter().filter(uses);
        users.filter_map(|id| self.names.get(id)).map(String::as_str).collect()
    }

    fn ids_linked_into<'w>(&'w self, package: &'w Package) -> BTreeSet<&'w str> {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![package.id.as_str()];
        while let Some(id) = waiting.pop() {
            for next in self.links.get(id).into_iter().flatten() {
                if seen.insert(next.as_str()) {
                    waiting.push(next);
                }
            }
        }
        seen
    }

    /// The member in this folder.
    pub fn member(&self, folder: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.folder == folder)
    }
}

fn cargo(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

impl Package {
    fn read(value: &Value) -> Self {
        let manifest = text(&value["manifest_path"]);
        let folder = below_root(manifest.strip_suffix("/Cargo.toml").unwrap_or(manifest));
        let dependencies = items(&value["dependencies"]).map(|line| Dependency {
            name: text(&line["name"]).to_owned(),
            folder: line["path"].as_str().map(below_root),
            dev: line["kind"] == "dev",
            features: texts(&line["features"])
                .chain((line["uses_default_features"] == true).then_some("default"))
                .map(str::to_owned)
                .collect(),
        });
        let roots = items(&value["targets"])
            .filter(|target| texts(&target["kind"]).any(|kind| kind == "lib" || kind == "bin"))
            .map(|target| below_root(text(&target["src_path"])));
        Self {
            name: text(&value["name"]).to_owned(),
            dependencies: dependencies.collect(),
            roots: roots.collect(),
            id: text(&value["id"]).to_owned(),
            folder,
        }
    }
}

fn normal_links(node: &Value) -> Vec<String> {
    items(&node["deps"])
        .filter(|dep| items(&dep["dep_kinds"]).any(|kind| kind["kind"].is_null()))
        .map(|dep| text(&dep["pkg"]).to_owned())
        .collect()
}

fn below_root(path: &str) -> String {
    let below = Path::new(path).strip_prefix(root());
    below.map_or_else(|_| path.to_owned(), |below| below.display().to_string())
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    items(value).filter_map(Value::as_str)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
