//! stub
use std::ops::Range;
use crate::history::History;
use crate::kv::RecordRef;
#[derive(Clone,Debug,Default)]
pub struct Query;
pub struct QueryError{pub at:Range<usize>,pub what:String,pub hint:String}
impl Query{pub fn parse(_t:&str)->Result<Self,QueryError>{Ok(Self)}}
pub struct Completion{pub text:String,pub about:String}
#[derive(Default,Clone)]
pub struct Names{pub kinds:Vec<String>,pub namespaces:Vec<String>,pub prefixes:Vec<String>}
pub fn complete(_t:&str,_c:usize,_n:&Names)->(Range<usize>,Vec<Completion>){(0..0,vec![])}
pub fn quoted(t:&str)->String{t.to_owned()}
pub struct Search{v:Vec<u32>}
impl Search{pub fn new(_q:Query,_h:&History)->Self{Self{v:vec![]}}
pub fn step(&mut self,_h:&History,_b:u64)->bool{false}
pub fn push(&mut self,_h:&History,_r:&RecordRef<'_>){}
pub fn needs_values(&self)->bool{false}
pub fn found(&self)->&[u32]{&self.v}
pub fn keys(&self)->u64{0}
pub fn bytes(&self)->u64{0}
pub fn progress(&self)->(u64,u64){(0,0)}}
