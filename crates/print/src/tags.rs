//! The structure of a paper as screen readers and programs find it in the PDF.

use krilla::tagging::{Identifier, Node, TagGroup, TagKind, TagTree};

/// Elements of the structure, each with a number.
#[derive(Clone, Default)]
pub(crate) struct Tags {
    elements: Vec<Element>,
    roots: Vec<usize>,
}

#[derive(Clone)]
struct Element {
    kind: TagKind,
    children: Vec<Child>,
}

#[derive(Clone)]
enum Child {
    Element(usize),
    Content(Identifier),
}

impl Tags {
    /// Adds an element at the end of another, or of the paper.
    pub(crate) fn add(&mut self, parent: Option<usize>, kind: impl Into<TagKind>) -> usize {
        let number = self.elements.len();
        self.elements.push(Element { kind: kind.into(), children: Vec::new() });
        match parent.and_then(|parent| self.elements.get_mut(parent)) {
            Some(parent) => parent.children.push(Child::Element(number)),
            None => self.roots.push(number),
        }
        number
    }

    /// Adds drawn content to an element.
    pub(crate) fn fill(&mut self, element: usize, content: Identifier) {
        if let Some(element) = self.elements.get_mut(element) {
            element.children.push(Child::Content(content));
        }
    }

    pub(crate) fn tree(&self) -> TagTree {
        let mut tree = TagTree::new();
        for root in &self.roots {
            tree.push(self.group(*root));
        }
        tree
    }

    fn group(&self, number: usize) -> TagGroup {
        let element = &self.elements[number];
        let children = element.children.iter().map(|child| match child {
            Child::Element(number) => Node::Group(self.group(*number)),
            Child::Content(content) => Node::Leaf(*content),
        });
        TagGroup::with_children(element.kind.clone(), children.collect())
    }
}
