export { clean } from './silver/clean';
